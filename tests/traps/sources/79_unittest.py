import io
import time
import unittest


def read():
    time.sleep(0.001)
    return 1


class ReadTest(unittest.TestCase):
    def setUp(self):
        self.value = read()

    def test_read(self):
        self.assertEqual(read(), self.value)


if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(ReadTest))
    print(result.testsRun, result.wasSuccessful())
