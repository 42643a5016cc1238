"""`detente track`."""

from __future__ import annotations

from bulletins import item_bulletin
from cases import write_case


def test_a_table_and_its_files_with_bulletins_that_stay_outside(run, tmp_path):
    workspace = write_case(tmp_path)
    folder = tmp_path / "bulletins"
    folder.mkdir()
    (folder / "a.yaml").write_text(item_bulletin("envoys", "2023-03-20"), encoding="utf-8")
    before = {path: path.read_bytes() for path in (workspace / "seeds").rglob("*") if path.is_file()}
    code, out, err = run("track", "--bulletins", folder, "--from", "2023-02-01", "--workspace", workspace)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["as", "of", "sincere", "tactic", "[1]", "[2]", "became", "known"]
    assert [line.split()[0] for line in lines[1:4]] == ["2023-02-10", "2023-02-21", "2023-03-20"]
    assert lines[3].endswith("envoys")
    assert {path: path.read_bytes() for path in (workspace / "seeds").rglob("*") if path.is_file()} == before
    names = {path.name for path in (workspace / "reports/dispute/track").iterdir()}
    assert names == {"track.md", "track.csv", "hypotheses.svg", "outcomes.svg"}
    text = (workspace / "reports/dispute/track/track.md").read_text(encoding="utf-8")
    assert f"Produced by `detente track dispute --bulletins {folder} --from 2023-02-01`" in text


def test_no_date_to_show_is_one_line(run, tmp_path):
    """And says why, of the last of the dates."""
    code, out, err = run("track", "--to", "2022-01-01", "--workspace", write_case(tmp_path))
    assert (code, out) == (1, "")
    assert err.startswith(
        "dispute: cannot be forecast on the one date to replay: as of 2022-01-01, process ladder starts"
    )
    code, out, err = run("track", "--from", "2023-02-01", "--to", "2023-01-01", "--workspace", tmp_path)
    assert (code, out) == (1, "")
    assert err == "dispute: the first date, 2023-02-01, is later than the last, 2023-01-01\n"
