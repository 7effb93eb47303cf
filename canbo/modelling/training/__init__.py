"""Training in numbers: places within a budget and seats, the difference that followed a course, who stays how long."""
