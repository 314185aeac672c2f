import time


class Box:
    def __len__(self):
        time.sleep(0.001)
        return 3


def main():
    time.sleep(0.001)
    print(len(Box()))


main()
