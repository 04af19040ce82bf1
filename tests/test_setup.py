"""The files that set the portal up say what the code expects of them."""

import ast
import fnmatch
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# Each holds what the one before it does, and the packages of these optional parts.
LOCKS = {"requirements.lock": (), "requirements-extras.lock": ("s3", "sentry"), "requirements-dev.lock": ("dev",)}
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def pins(lock: str) -> dict[str, str]:
    """Name -> version of every package in a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", read(lock), re.MULTILINE))


def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


# --- Lock files ---


@pytest.mark.parametrize("lock", LOCKS)
def test_it_pins_every_package_with_hashes(lock):
    entries = re.split(r"^(?=[a-z0-9])", read(lock), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(lock)) > 40
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_it_names_no_host_and_no_path(lock):
    assert not re.search(r"://|index|find-links|(^|\s)[.~]*/|\bfile:", read(lock))


def test_it_runs_the_same_versions_in_development():
    plain, extras, dev = (pins(lock).items() for lock in LOCKS)
    assert plain <= extras <= dev


def test_it_locks_what_the_project_asks_for():
    asked = [*project()["dependencies"]]
    for lock, parts in LOCKS.items():
        asked += [name for part in parts for name in project()["optional-dependencies"][part]]
        locked = pins(lock)
        for requirement in map(Requirement, asked):
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


# --- Settings and .env.example ---


def settings_read() -> dict[str, object]:
    """Name -> default (None where it is not a plain value) of every setting read from the environment."""
    found = {}
    for node in ast.walk(ast.parse(read("agrilocal18/settings.py"))):
        if isinstance(node, ast.Call) and re.fullmatch(r"env(\.(?!read_env)\w+)?", ast.unparse(node.func)):
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            found.setdefault(ast.literal_eval(node.args[0]), plain(default))
    return found


def plain(default: ast.expr | None):
    """The value of a literal or of a product of literals; None for anything else."""
    if default is None or not all(isinstance(part, ast.Constant | ast.BinOp | ast.Mult) for part in ast.walk(default)):
        return None
    return eval(compile(ast.Expression(default), "default", "eval"))


def example() -> dict[str, str]:
    """Name -> value of .env.example, commented out or not."""
    lines = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", read(".env.example"), re.MULTILINE)
    assert len(lines) == len(dict(lines)), "a setting stands twice in .env.example"
    return dict(lines)


def test_it_documents_every_setting():
    assert set(example()) - COMPOSE_ONLY == set(settings_read())


def test_it_documents_the_defaults_in_force():
    defaults = {name: value for name, value in settings_read().items() if isinstance(value, bool | int | float | str)}
    shown = {name: value.strip("'") for name, value in example().items()}
    spelled = {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in defaults.items()}
    differing = {name: (shown[name], value) for name, value in spelled.items() if shown[name] not in ("", value)}
    assert len(spelled) > 25
    assert differing == {}


# --- Containers ---


def compose() -> dict:
    return yaml.safe_load(read("docker-compose.yml"))


def our_services() -> dict[str, dict]:
    return {name: service for name, service in compose()["services"].items() if "build" in service}


def test_it_runs_every_part_in_a_container():
    assert set(compose()["services"]) == {"web", "worker", "beat", "migrate", "postgres", "redis", "nginx"}
    assert {service["image"] for service in our_services().values()} == {"agrilocal18"}


def test_it_watches_the_health_of_all_that_stays():
    lasting = {name: service for name, service in compose()["services"].items() if service["restart"] != "no"}
    assert set(lasting) == {"web", "worker", "beat", "postgres", "redis", "nginx"}
    for name, service in lasting.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert {"interval", "timeout", "retries"} <= set(service["healthcheck"]), name


def test_it_migrates_once_before_anything_of_ours_starts():
    services = our_services()
    assert services["migrate"]["command"] == ["python", "manage.py", "migrate", "--no-input"]
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("web", "worker", "beat"):
        waits = {other: how["condition"] for other, how in services[name]["depends_on"].items()}
        assert waits["migrate"] == "service_completed_successfully"
        assert waits["postgres"] == waits["redis"] == "service_healthy"


def test_it_gives_containers_settings_that_exist():
    known = set(settings_read()) | {"PORT"}
    for service in our_services().values():
        assert set(service["environment"]) <= known
        assert service["env_file"] == ".env"


def test_it_keeps_data_in_volumes():
    volumes = compose()["volumes"]
    for service in our_services().values():
        assert service["volumes"] == ["data:/data"]
        assert service["environment"]["VAR_DIR"] == "/data"
    assert set(volumes) == {"data", "postgres"}


def test_it_publishes_nothing_but_the_proxy():
    """TRUSTED_PROXIES=1 believes X-Forwarded-Proto: nobody but the proxy may reach the site."""
    published = {name: service.get("ports", []) for name, service in compose()["services"].items()}
    assert published.pop("nginx") == ["80:8080", "443:8443"]
    assert not any(published.values())


def test_its_proxy_reads_stored_files_as_the_portal_wrote_them():
    """They are readable by their owner alone, and the portal says where nginx finds them."""
    proxy, uid = compose()["services"]["nginx"], re.search(r"--uid (\d+)", read("Dockerfile"))[1]
    assert proxy["user"] == f"{uid}:{uid}"
    assert "data:/data:ro" in proxy["volumes"]
    location = re.fullmatch(r"\$\{ACCEL_LOCATION-(.+)\}", our_services()["web"]["environment"]["ACCEL_LOCATION"])[1]
    assert re.search(rf"location {location} {{\s+internal;\s+alias /data/media/;", read("deploy/nginx.conf"))


def test_it_does_not_run_as_root_in_the_image():
    lines = read("Dockerfile").splitlines()
    assert lines.index("USER portal") < next(i for i, line in enumerate(lines) if line.startswith("CMD"))


def test_it_puts_nothing_but_the_program_in_the_image():
    kept = [line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")]
    assert read(".dockerignore").startswith("*\n")
    assert [name for name in kept if not (ROOT / name).exists()] == []
    assert not any(fnmatch.fnmatch(name, "*env*") or name in ("var", "tests") for name in kept)


# --- The words of make, and the first minute of a newcomer ---


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def test_it_explains_every_word_of_make():
    told = run("make", "--no-print-directory").stdout
    words = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)[1].split()
    assert re.findall(r"^  make ([a-z0-9-]+)", told, re.MULTILINE) == words
    assert all(len(line.split()) > 4 for line in told.strip().splitlines())


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A folder with a space in its name that has no .venv yet."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    shutil.copy(ROOT / "requirements.lock", folder)
    return folder


def python(checkout: Path, *, recent: bool, has_venv: bool) -> str:
    """A Python as old, or as bare, as wished."""
    path = checkout / "python"
    path.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "-V) echo Python 3.9.2 ;;\n"
        f"*version_info?\\<*) exit {0 if recent else 1} ;;\n"
        f"*ensurepip*) exit {0 if has_venv else 1} ;;\n"
        "*version_info*) echo 3.11 ;;\n"
        "esac\n"
    )
    path.chmod(0o755)
    return "./python"


def install(checkout: Path, python: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [".ci/install", "requirements.lock"],
        cwd=checkout,
        env={**os.environ, "PYTHON": python},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_says_in_one_sentence_that_python_is_too_old(checkout):
    done = install(checkout, python(checkout, recent=False, has_venv=True))
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed; ./python is Python 3.9.2.")
    assert done.stderr.count("\n") == 1


def test_it_gives_the_line_to_type_when_venv_is_missing(checkout):
    done = install(checkout, python(checkout, recent=True, has_venv=False))
    assert done.returncode == 1
    assert done.stderr == "The venv module of Python 3.11 is missing. Type: sudo apt install python3.11-venv\n"


def test_it_gives_the_line_to_type_when_there_is_no_python(checkout):
    done = install(checkout, "python-of-nowhere")
    assert done.returncode == 1
    assert done.stderr == "No Python was found. Type: sudo apt install python3 python3-venv\n"


def test_it_installs_nothing_while_the_lock_is_the_same(checkout):
    venv = checkout / ".venv" / "bin"
    venv.mkdir(parents=True)
    # A Python that knows its version and its pip, and dies of anything else.
    (venv / "python").write_text('#!/bin/sh\ncase "$*" in -c*) exit 0 ;; esac\nexit 9\n')
    (venv / "python").chmod(0o755)
    (checkout / ".venv" / ".installed").mkdir()
    shutil.copy(checkout / "requirements.lock", checkout / ".venv" / ".installed")
    assert install(checkout, "python-of-nowhere").returncode == 0

    (checkout / "requirements.lock").write_text("another==1\n")
    assert install(checkout, "python-of-nowhere").returncode == 9


def test_it_tells_each_stage_of_ci_and_its_ceiling():
    stages = re.findall(r'^stage "?([a-zA-Z ]+?)"? (\d+) ', read(".ci/run"), re.MULTILINE)
    assert stages == [
        ("install", "120"),
        ("lint", "60"),
        ("journey", "60"),
        ("core tests on SQLite", "90"),
        ("chaos", "120"),
    ]
    assert read(".ci/run").rstrip().endswith('make --no-print-directory test ARGS="-p tests.stopwatch"')
