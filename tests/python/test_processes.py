"""Engines in other threads and processes; the command."""

import concurrent.futures
import multiprocessing
import pickle
import signal
import subprocess
import sys
import threading
import time

import pyarrow
import pytest
import tidegate
from conftest import PACK, TEXT


def actions(engine):
    return pyarrow.record_batch(engine.classify_many([TEXT, "hello"] * 50, threads=2))["action"].to_pylist()


def test_a_pickled_engine_is_equal_without_its_files(tmp_path):
    pack, policy = tmp_path / "mine.rules.yaml", tmp_path / "own.policy.yaml"
    pack.write_text(PACK)
    policy.write_text("{ tidegate: 1, kind: policy, extends: strict, categories: { fraud: { flag: 1 } } }")
    engine = tidegate.Engine(rules=pack, policy=policy, stamp=True, disable="spam.*", mapping={"text": "/body"})
    state = pickle.dumps(engine)
    pack.unlink()
    policy.unlink()
    other = pickle.loads(state)
    assert other.ruleset == engine.ruleset and other.rules == engine.rules
    post = {"id": 1, "body": "quicksilver " + TEXT}
    assert other.classify(post) == engine.classify(post)
    assert f'"ruleset":"{engine.ruleset}"' in other.classify(post).json


def test_a_state_of_another_build_is_refused():
    state = tidegate.Engine().__getstate__()
    engine = tidegate.Engine.__new__(tidegate.Engine)
    with pytest.raises(tidegate.BuildMismatch):
        # The last byte of the mark is the format.
        engine.__setstate__({**state, "compiled": state["compiled"][:15] + b"\xff" + state["compiled"][16:]})
    with pytest.raises(tidegate.RuleError, match="has the rule set"):
        engine.__setstate__({**state, "ruleset": "00000000"})


def test_errors_can_be_pickled(tmp_path):
    with pytest.raises(tidegate.RuleError) as raised:
        tidegate.Engine(rules=tmp_path / "none")
    error = pickle.loads(pickle.dumps(raised.value))
    assert str(error) == str(raised.value) and error.diagnostics == raised.value.diagnostics


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_share_an_engine(method):
    engine = tidegate.Engine()
    expected = actions(engine)  # threads ran before the fork
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(actions, [engine, engine], timeout=120)) == [expected, expected]


def in_child(queue):
    queue.put(actions(tidegate.Engine()))


def test_an_engine_is_built_after_a_fork():
    expected = actions(tidegate.Engine())
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=in_child, args=(queue,))
    child.start()
    assert queue.get(timeout=120) == expected
    child.join(30)
    assert child.exitcode == 0


def test_threads_share_an_engine_and_the_lock_is_released():
    engine = tidegate.Engine()
    texts = [TEXT + str(number) for number in range(4_000)]
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: pyarrow.record_batch(engine.classify_many(texts)), range(3)))
    done.set()
    ticker.join()
    assert results[0].equals(results[1]) and results[1].equals(results[2])
    # If the lock were kept, the ticker would wait for whole calls.
    assert len(ticks) > 10


def test_the_command_is_the_program(program):
    assert program("--version").decode().split() == ["tidegate", tidegate.__version__]
    assert b'"action":"block"' in program("scan", "-", input=f'{{"id":1,"text":"{TEXT}"}}'.encode())
    program("scan", "--no-such-flag", status=2)
    done = subprocess.run([sys.executable, "-m", "tidegate", "--version"], capture_output=True)
    assert done.returncode == 0


def test_the_command_ends_by_signals_as_the_program_does(program):
    command = [sys.executable, "-m", "tidegate", "scan", "-"]
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdin.write(b'{"id":1,"text":"hello"}\n')
        child.stdin.flush()
        assert child.stdout.readline() == b'{"id":1,"action":"allow"}\n'
        child.send_signal(number)
        assert child.wait(30) == status
        child.stdin.close()
        child.stdout.close()
