"""Categories sort as their texts do, not as their codes."""

from cslots import Pool, Struct, category


class City(Struct):
    name: category
    number: int = 0


def test_categories_sort_as_texts():
    pool = Pool(City, [City(name, k) for k, name in enumerate(["Rome", "Oslo", "Bari", "Oslo"])])
    pool.sort("name")
    assert [(row.name, row.number) for row in pool] == [
        ("Bari", 2),
        ("Oslo", 1),
        ("Oslo", 3),
        ("Rome", 0),
    ]


def test_a_category_and_another_field_are_one_key():
    pool = Pool(City, [City("b", 2), City("a", 3), City("b", 1), City("a", 4)])
    pool.sort(("name", "number"), reverse=True)
    assert [(row.name, row.number) for row in pool] == [("b", 2), ("b", 1), ("a", 4), ("a", 3)]


def test_the_only_category_there_is_sorts_too():
    pool = Pool(City, [City("alone", 1), City("alone", 0)])
    pool.sort(["name", "number"])
    assert [row.number for row in pool] == [0, 1]
