import threading


def compute(found):
    found.append(sum(n * n for n in range(10000)))


def main():
    found = []
    thread = threading.Thread(target=compute, args=(found,))
    thread.start()
    thread.join()
    print(found)


main()
