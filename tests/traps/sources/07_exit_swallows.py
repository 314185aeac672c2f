import time


class Lease:
    def __enter__(self):
        time.sleep(0.001)
        return self

    def __exit__(self, *error):
        time.sleep(0.001)
        return False


def main():
    try:
        with Lease():
            raise ValueError("seen")
    except ValueError as error:
        print(error)


main()
