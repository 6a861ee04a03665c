"""This file holds what tests of requisites begin with: nodes of their trees."""


def passed(course, **more):
    return {"is": "passed", "course": course.code, **more}


def all_of(*nodes):
    return {"is": "all_of", "of": list(nodes)}


def any_of(*nodes):
    return {"is": "any_of", "of": list(nodes)}
