"""``detente calibrate --intervals``: the fit and its proof as text and as JSON."""

from __future__ import annotations

import json

from tests.answers import simulated, write


def test_the_command(run, tmp_path):
    path = write(tmp_path / "i.csv", simulated(4, studies=6))
    code, out, err = run("calibrate", "--intervals", path, "--held-out", path)
    assert (code, err) == (0, "")
    assert "1,080 answers of 90 assessors in 6 studies" in out
    assert "a 90% range holds, of an assessor not yet known" in out
    assert out.count("taken at their word") == 2
    code, out, _ = run("calibrate", "--intervals", path, "--json")
    answer = json.loads(out)
    assert code == 0
    assert set(answer["fit"]["mass"]) == {"value", "error", "interval"}
    assert {row["method"] for row in answer["standings"]} == {"learned", "four_widths", "sixty_five", "at_word"}
    assert run("calibrate", "dispute", "--intervals", path)[0] == 2
    assert run("calibrate", "--held-out", path)[0] == 2


def test_answers_that_fix_no_width_are_said_to_be_too_few(run, tmp_path):
    rows = [f"s{n % 3},a{n % 6},i{n},-1,0,1,{0.3 * (-1) ** (n // 6)}\n" for n in range(60)]
    path = tmp_path / "alike.csv"
    path.write_text("study,assessor,item,low,mid,high,truth\n" + "".join(rows))
    code, out, err = run("calibrate", "--intervals", path)
    assert (code, out) == (1, "")
    assert err.startswith("the answers do not tell how assessors differ, or how far errors reach beyond")
