"""A reader in a real JupyterLab: opens the start page, runs notebooks, changes a parameter, sees a figure change.

A copy of the project is served, so that nothing of the project itself can be written to.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from caseseries.paths import ROOT, START

COPIED = (
    ".jupyter",
    "caseseries",
    "data",
    "exhibits.toml",
    "MANIFEST.json",
    "notebooks",
    "requirements.lock",
    START.name,
)
COMMAND = "import sys; from caseseries.cli import main; sys.exit(main())"
TOKEN = "a-token-of-the-tests"
SECOND_NOTEBOOK = "notebooks/10_cohort.ipynb"


def find_free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def list_descendants(pid):
    """List the processes that a process has started, and those that these have."""
    table = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in table.splitlines()]
    found = [child for parent, child in pairs if parent == pid]
    return found + [other for child in found for other in list_descendants(child)]


def is_alive(pid):
    """Tell whether a process runs; one that only waits to be counted does not."""
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def wait_until(is_so, *, seconds=60):
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.2)
    return is_so()


@contextmanager
def serve(project, home):
    """Serve a project with ``run_all.py lab``'s own command, and stop it whatever happens in between."""
    port = find_free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "MPL"))}
    own = {"HOME": str(home), "JUPYTER_TOKEN": TOKEN, "PYTHONPATH": str(project)}
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    with (home.parent / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "lab", *options],
            cwd=home,
            env=kept | own,
            stdout=log,
            stderr=log,
        )
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        started = list_descendants(server.pid)
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        left = [pid for pid in started if not wait_until(lambda pid=pid: not is_alive(pid), seconds=10)]
        for pid in left:
            os.kill(pid, 9)
        assert not left, "kernels outlived the server"


def answers(address):
    try:
        return urlopen(f"{address}/api").status == 200
    except (URLError, ConnectionError):
        return False


@pytest.fixture
def project(tmp_path):
    """Copy what JupyterLab opens; each test has a server of its own, which remembers nothing of another."""
    folder = tmp_path / "lab/project"
    folder.mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def lab(project):
    """Give the address of a server, and the process itself."""
    home = project.parent / "home"
    home.mkdir()
    with serve(project, home) as (server, address):
        log = project.parent / "server.log"
        assert wait_until(lambda: answers(address) or server.poll() is not None, seconds=180), log.read_text()
        assert server.poll() is None, log.read_text()
        yield server, address
    assert server.returncode is not None


@pytest.fixture
def page(browser, lab):
    """Open the server as the link in the terminal does; nothing may be fetched from elsewhere."""
    elsewhere = []
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(180_000)
    page.on("request", lambda request: elsewhere.append(request.url) if is_elsewhere(request.url, lab[1]) else None)
    page.goto(f"{lab[1]}/?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    yield page
    for kernel in page.request.get(f"{lab[1]}/api/sessions").json():
        page.request.delete(f"{lab[1]}/api/sessions/{kernel['id']}")
    page.close()
    assert elsewhere == []


def is_elsewhere(url, address):
    own = (address, address.replace("http", "ws", 1), "data:", "blob:")
    return not url.startswith(own)


def follow_link(page, text, *, heading):
    """Open a notebook from the start page, and wait until it stands in front and its kernel is ready."""
    page.locator(".jp-Notebook a", has_text=text).first.click()
    page.get_by_role("heading", name=heading).wait_for()
    wait_for_kernel(page)


def run_all_cells(page):
    """Choose Run, Run All Cells once there is a kernel, and wait until the last cell has its number."""
    wait_for_kernel(page)
    cells = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell")
    before = cells.last.locator(".jp-InputPrompt").inner_text()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("#jp-mainmenu-run").get_by_text("Run All Cells", exact=True).click()
    prompt = cells.last.locator(".jp-InputPrompt")
    assert wait_until(lambda: prompt.inner_text() != before and prompt.inner_text()[1:-2].isdigit(), seconds=300)


def save(page, project, notebook):
    """Choose File, Save Notebook; give the notebook as it then stands on disk."""
    path = project / notebook
    before = path.read_bytes()
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.locator("#jp-mainmenu-file").get_by_text("Save Notebook", exact=True).click()
    # The server writes in place: a file that ends with its last bracket is whole.
    assert wait_until(lambda: path.read_bytes() != before and path.read_bytes().rstrip().endswith(b"}"))
    return json.loads(path.read_text(encoding="utf-8"))


def wait_for_kernel(page):
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()


def change_parameter(page, old, new):
    """Replace a line in the cell of the parameters, as a reader does who types."""
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-line", has_text=old).first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(new)


def pictures(notebook):
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    texts = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    return [text for text in texts if "<figure" in text]


def faults(notebook):
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]


def test_the_start_page_opens_by_itself_and_a_changed_definition_changes_its_figure(page, project):
    assert page.url.endswith(f"/lab/tree/{START.name}")
    page.get_by_role("heading", name="Start here").wait_for()

    run_all_cells(page)
    first = save(page, project, START.name)
    change_parameter(page, "design = {}", 'design = {"b_cell_return_rule": "first_measurable"}')
    run_all_cells(page)
    second = save(page, project, START.name)

    assert faults(first) == faults(second) == []
    assert "median 7.5 months" in pictures(first)[0]
    assert len(pictures(second)) == 1
    assert "median 7.5 months" not in pictures(second)[0]
    assert pictures(first) != pictures(second)
    assert page.locator("figure.exhibit").is_visible()
    assert (project / "out/by_hand/figures/kinetics.pdf").exists()
    assert not (project / "figures").exists()
    assert list((project.parent / "home").iterdir()) == []
    assert (project / ".cache/lab").is_dir()


def test_a_notebook_runs_by_hand_and_a_changed_parameter_changes_its_figure(page, project):
    follow_link(page, "who was treated", heading="Cohort and follow-up")
    run_all_cells(page)
    first = save(page, project, SECOND_NOTEBOOK)
    change_parameter(page, "months_before = 12", "months_before = 3")
    run_all_cells(page)
    second = save(page, project, SECOND_NOTEBOOK)

    assert faults(first) == faults(second) == []
    assert len(pictures(first)) == 2
    assert [old != new for old, new in zip(pictures(first), pictures(second), strict=True)] == [True, False]


def test_a_reader_is_asked_nothing_and_shuts_the_kernel_down(page, lab):
    server, address = lab
    wait_for_kernel(page)
    settings = page.evaluate(
        "fetch('/lab/api/settings/@jupyterlab/docmanager-extension:plugin').then(answer => answer.json())"
    )
    kernels = list_descendants(server.pid)

    assert page.locator(".jp-toast-message, .jp-Dialog").count() == 0
    assert settings["schema"]["properties"]["autosave"]["default"] is False
    assert kernels

    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator("#jp-mainmenu-kernel").get_by_text("Shut Down Kernel", exact=True).click()
    assert wait_until(lambda: not any(map(is_alive, kernels)))
    assert wait_until(lambda: page.request.get(f"{address}/api/kernels").json() == [])


def fail_in_the_middle(project, home, seen):
    with serve(project, home) as (server, address):
        seen += [server, address]
        assert wait_until(lambda: answers(address), seconds=180)
        raise ArithmeticError


def test_the_server_stops_even_when_a_test_fails(project, tmp_path):
    (tmp_path / "home").mkdir()
    seen = []
    with pytest.raises(ArithmeticError):
        fail_in_the_middle(project, tmp_path / "home", seen)

    assert seen[0].returncode is not None
    assert not answers(seen[1])
