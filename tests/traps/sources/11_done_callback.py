import time
from concurrent.futures import ThreadPoolExecutor


def work():
    time.sleep(0.001)
    return 2


def report(future):
    time.sleep(0.001)
    print("done", future.result())


def main():
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        future.add_done_callback(report)


main()
