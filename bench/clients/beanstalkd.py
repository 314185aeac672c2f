"""A job queue by greenstalk: put, reserve, release, bury, kick, an error and a timeout."""

import sys

import greenstalk

PORT = int(sys.argv[1])


def main():
    with greenstalk.Client(("127.0.0.1", PORT)) as client:
        number = client.put("hello", ttr=20)
        job = client.reserve(timeout=2)
        print(job.body, job.id == number)
        client.release(job, priority=3)
        job = client.reserve()
        print(client.stats_job(job)["pri"], client.using(), client.watching())
        client.bury(job)
        print(client.kick(5))
        client.delete(job)
        client.use("other")
        client.watch("other")
        for n in range(3):
            client.put(f"job {n}")
        while True:
            try:
                job = client.reserve(timeout=0)
            except greenstalk.TimedOutError:
                break
            print(job.body)
            client.delete(job)
        try:
            client.delete(999999)
        except greenstalk.NotFoundError as error:
            print(type(error).__name__)


if __name__ == "__main__":
    main()
