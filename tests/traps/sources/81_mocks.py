import time
import unittest
from unittest import mock


def read():
    time.sleep(0.5)
    return 1


class ReadTest(unittest.TestCase):
    @mock.patch("time.sleep")
    def test_read(self, sleep):
        self.assertEqual(read(), 1)
        sleep.assert_called_once_with(0.5)
