"""Questions of one kind that come at once, answered by one query: a hundred tablets that reconnect ask what one asks.

Nothing is remembered. A question joins only a query that has not begun yet, so its answer is never older than itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

AT_ONCE = 500
"""Questions in one query; more wait for the next."""


class Gathered(Generic[Question, Answer]):
    """`ask` answers several different questions, in their order. What it raises, everybody who asked gets."""

    def __init__(self, ask: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]]) -> None:
        self._ask = ask
        self._waiting: dict[Question, asyncio.Future[Answer]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, question: Question) -> Answer:
        answer = self._waiting.get(question)
        if answer is None:
            answer = self._waiting[question] = asyncio.get_running_loop().create_future()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(answer)  # one who does not wait any longer does not take it from the others

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                questions = list(self._waiting)[:AT_ONCE]
                answers = [self._waiting.pop(question) for question in questions]
                await self._put(questions, answers)
        finally:
            self._asking = None

    async def _put(self, questions: list[Question], answers: list[asyncio.Future[Answer]]) -> None:
        try:
            found = await self._ask(questions)
        except BaseException as fault:
            for answer in answers:
                answer.set_exception(fault if isinstance(fault, Exception) else ConnectionError("no longer asked"))
                answer.exception()  # perhaps nobody waits for it any longer
            if not isinstance(fault, Exception):
                raise
        else:
            for answer, one in zip(answers, found, strict=True):
                answer.set_result(one)
