"""Sentences that pages show but do not write: of the packages that sign people in, and of the demo world.

Only listed, so that they are collected with our own words; a sentence is copied here when a page shows it.
"""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Username"),
    gettext_noop("Password"),
    gettext_noop("Remember Me"),
    gettext_noop("Forgot your password?"),
    gettext_noop("Email"),
    gettext_noop("Email address"),
    gettext_noop("Current Password"),
    gettext_noop("New Password"),
    gettext_noop("New Password (again)"),
    gettext_noop("Code"),
    gettext_noop("Authenticator code"),
    gettext_noop("Passwordless"),
    gettext_noop("Master key"),
    gettext_noop("Backup key"),
    gettext_noop("This account is currently inactive."),
    gettext_noop("Please type your current password."),
    gettext_noop("Incorrect code."),
    gettext_noop("Incorrect password."),
    gettext_noop("Invalid or expired key."),
    gettext_noop("Invalid login."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("The username and/or password you specified are not correct."),
    gettext_noop("The new value must be different from the current one."),
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("You cannot deactivate two-factor authentication."),
    gettext_noop("You cannot generate recovery codes without having two-factor authentication enabled."),
    gettext_noop("Use your password"),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use a security key"),
    gettext_noop("Password successfully changed."),
    gettext_noop("A new set of recovery codes has been generated."),
    gettext_noop("Authenticator app activated."),
    gettext_noop("Authenticator app deactivated."),
    gettext_noop("Security key added."),
    gettext_noop("Security key removed."),
)

#: Titles that the demo world gives to courses and awards; elsewhere they stand in the language of their document.
TITLES = (
    gettext_noop("The demo world of canbo: invented people on real administrative units"),
    gettext_noop("State management, specialist level"),
    gettext_noop("State management, principal specialist level"),
    gettext_noop("Defence and security knowledge, group 3"),
    gettext_noop("Leadership of a division"),
    gettext_noop("Two-level local government: new duties of communes"),
    gettext_noop("Digital skills and data management"),
    gettext_noop("Artificial intelligence in public administration"),
    gettext_noop("Emulation fighter at the grassroots"),
    gettext_noop("Certificate of merit of the province"),
    gettext_noop("Certificate of merit of the Prime Minister"),
    gettext_noop("Labour medal, third class"),
)
