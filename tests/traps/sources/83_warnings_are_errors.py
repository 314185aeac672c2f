import time


def pause():
    time.sleep(0.001)


def main():
    pauses = [pause, pause]
    for each in pauses:
        each()
    result = pause()
    print(result)


main()
