"""Questions asked at once share a query; none is answered by one that began before it was asked."""

import asyncio

import pytest

from hub.core import gathering
from hub.core.gathering import Gathered


class Book:
    def __init__(self):
        self.asked, self.value = [], 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def ask(self, questions):
        self.asked.append(list(questions))
        value = self.value
        await self.go_on.wait()
        if "fault" in questions:
            raise OSError("no database")
        return [(question, value) for question in questions]


async def test_what_comes_at_once_is_one_query_and_each_gets_its_own_answer():
    book = Book()
    ask = Gathered(book.ask)
    names = [f"q{n % 40}" for n in range(100)]
    answers = await asyncio.gather(*map(ask, names))
    assert answers == [(name, 0) for name in names]
    assert len(book.asked) == 1
    assert sorted(book.asked[0]) == sorted(set(names))


async def test_an_answer_is_never_older_than_its_question():
    book = Book()
    ask = Gathered(book.ask)
    book.go_on.clear()
    early = asyncio.create_task(ask("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert book.asked == [["a"]]
    book.value = 1
    late = asyncio.create_task(ask("a"))
    await asyncio.sleep(0)
    book.go_on.set()
    assert await early == ("a", 0)
    assert await late == ("a", 1)


async def test_a_fault_reaches_those_who_asked_together_and_nobody_after(monkeypatch):
    monkeypatch.setattr(gathering, "AT_ONCE", 2)
    book = Book()
    ask = Gathered(book.ask)
    answers = await asyncio.gather(ask("a"), ask("fault"), ask("b"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError, OSError, tuple]
    with pytest.raises(OSError, match="no database"):
        await ask("fault")
    assert await ask("a") == ("a", 0)


async def test_one_who_does_not_wait_takes_nothing_from_the_others():
    book = Book()
    ask = Gathered(book.ask)
    book.go_on.clear()
    leaving, staying = asyncio.create_task(ask("a")), asyncio.create_task(ask("a"))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    book.go_on.set()
    assert await staying == ("a", 0)
