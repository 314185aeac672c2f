import time

import pytest


def read():
    time.sleep(0.001)
    return 1


def test_read():
    assert read() == 1


@pytest.mark.parametrize("number", [1, 2])
def test_numbers(number):
    assert read() <= number
