"""Uses the page for reviewers as a person would, with the keyboard, in a headless Chromium.

    review.py URL      the service keeps a state; TOKEN in the environment is a token of it

Lists cases, opens the first, decides it, and sees that it leaves the queue; then two windows decide
the same case. What posts contain must stay text. Exit status 0 if nothing is wrong.
"""

import json
import os
import shutil
import sys
import urllib.request

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

URL, TOKEN = sys.argv[1], os.environ["TOKEN"]
HOSTILE = "<script>document.title = 'taken'</script> <img src=x onerror=document.title='taken'>"


def ask(path, body=None, kind="application/json"):
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": kind}
    request = urllib.request.Request(URL + path, body and body.encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def send_posts():
    """One text under many names, and an author with hostile posts."""
    posts = []
    for number in range(12):
        text = f"Driver {number} of our town found a purse and became rich within {number} days, {HOSTILE} casino"
        posts.append({"id": f"a{number}", "text": text, "author": {"id": f"<b>u{number}</b>"}})
    for number in range(6):
        text = f"Bonus {number}: online casino, free chips, register now at casino{number}.example {HOSTILE}"
        posts.append({"id": f"b{number}", "text": text, "author": {"id": "v"}, "channel": "<i>c</i>"})
    lines = "".join(json.dumps(post) + "\n" for post in posts)
    ask("/v1/classify", lines, "application/x-ndjson")
    events = [{"event": "report", "post": post["id"], "by": "r", "reason": HOSTILE} for post in posts]
    ask("/v1/events", "".join(json.dumps(event) + "\n" for event in events), "application/x-ndjson")


def browser():
    options = webdriver.ChromeOptions()
    for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en-US"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Named, so that the package does not look for one elsewhere.
    driver = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    window = webdriver.Chrome(service=driver, options=options)
    window.execute_cdp_cmd("Network.enable", {})
    headers = {"headers": {"Authorization": "Bearer " + TOKEN}}
    window.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)
    return window


def until(window, what, is_so):
    WebDriverWait(window, 30).until(lambda _: is_so(), what)


def cases(window):
    links = window.find_elements(By.CSS_SELECTOR, "[data-case]")
    return [link.get_attribute("data-case") for link in links]


def done(window):
    return window.find_element(By.ID, "done").text


def open_case(window, case):
    window.get(f"{URL}/review#lang=en&case={case}")
    until(window, "the case", lambda: window.find_elements(By.CSS_SELECTOR, ".decide"))


def decide_with_keys(window):
    window.get(URL + "/review#lang=en")
    until(window, "the queue", lambda: cases(window))
    before = cases(window)
    window.find_element(By.TAG_NAME, "body").send_keys("j")
    window.switch_to.active_element.send_keys(Keys.ENTER)
    until(window, "the case", lambda: window.find_elements(By.CSS_SELECTOR, ".decide"))
    assert not window.find_elements(By.CSS_SELECTOR, "#case script, #case img, #case i")
    assert "<script>" in window.find_element(By.ID, "case").text
    note = window.find_element(By.ID, "note")
    note.send_keys("a note & <b>", Keys.TAB, "reviewer-2", Keys.TAB, Keys.ENTER)
    until(window, "the decision", lambda: "upheld" in done(window))
    until(window, "the queue without it", lambda: before[0] not in cases(window))
    case = json.loads(ask("/v1/cases/" + before[0]))
    assert (case["outcome"], case["by"], case["note"]) == ("upheld", "reviewer-2", "a note & <b>")
    window.find_element(By.CSS_SELECTOR, "[data-language=zh]").click()
    assert window.find_element(By.TAG_NAME, "h1").text == "案件"


def decide_at_the_same_time(one, other):
    one.get(URL + "/review#lang=en")
    until(one, "the queue", lambda: cases(one))
    case = cases(one)[0]
    for window in (one, other):
        open_case(window, case)
    one.find_element(By.CSS_SELECTOR, ".decide.overturned").click()
    until(one, "the decision", lambda: "overturned" in done(one))
    other.find_element(By.CSS_SELECTOR, ".decide.upheld").click()
    until(other, "the conflict", lambda: "meanwhile" in done(other))
    other.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    until(other, "the queue", lambda: other.find_element(By.ID, "list").is_displayed())


def main():
    send_posts()
    one, other = browser(), browser()
    try:
        decide_with_keys(one)
        decide_at_the_same_time(one, other)
        for window in (one, other):
            # A decision that comes too late is refused with 409, which the browser notes.
            logged = [entry["message"] for entry in window.get_log("browser") if "409" not in entry["message"]]
            assert not logged, logged
            assert window.title != "taken"
    finally:
        one.quit()
        other.quit()
    print("the page for reviewers works")


main()
