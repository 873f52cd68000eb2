"""Exercise 03, placement: four questions on lesson 4, about machines of one's own."""
