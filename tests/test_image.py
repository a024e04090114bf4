"""The image cannot be built where there is no container engine: it is linted, read, and its steps run here."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD, SHIPPED = re.split(r"\n(?=FROM )", DOCKERFILE.partition("\nFROM ")[1] + DOCKERFILE.partition("\nFROM ")[2])[-2:]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))

UNCONNECTED = r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError"
"""What pip says where no index answers."""


def steps(stage: str) -> list[str]:
    """The RUN lines of a stage, continued lines joined."""
    return [step.strip() for step in re.findall(r"^RUN (.*)$", stage.replace("\\\n", " "), re.MULTILINE)]


def test_hadolint_finds_nothing():
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular_and_checks_itself_without_a_shell():
    assert "USER 10001:10001" in SHIPPED
    for word in ("HEALTHCHECK", "ENTRYPOINT", "CMD"):
        assert re.search(rf"^\s*{word} .*\[|^{word}.*\\\n\s*CMD \[", SHIPPED, re.MULTILINE), f"{word} needs a shell"
    assert "/bin/sh" in steps(SHIPPED)[-1]


def test_everything_that_pip_fetches_is_pinned_by_hash():
    fetching = [step for step in steps(BUILD) if "pip install" in step or "pip wheel" in step]
    assert len(fetching) == 4
    assert all("--require-hashes" in step or "--no-deps" in step for step in fetching)
    assert all("--no-index" in step or "--no-build-isolation" in step for step in fetching if "--no-deps" in step)


def test_the_context_is_what_the_wheel_is_made_of():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert all((ROOT / line[1:]).exists() for line in lines if line.startswith("!"))


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_every_service_of_the_compose_file_is_confined(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not any("privileged" in key for key in service)


def test_the_compose_file_holds_no_secret_and_opens_loopback_alone():
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert COMPOSE["services"]["escalator"]["ports"] == ["127.0.0.1:8080:8080"]
    assert not any(
        "PASSWORD" in key and not key.endswith("_FILE") for key in COMPOSE["services"]["postgres"]["environment"]
    )


def test_the_compose_file_gives_settings_that_can_be_read(tmp_path):
    from escalator.config import SETTINGS

    known = {setting.name for setting in SETTINGS}
    given = COMPOSE["services"]["escalator"]["environment"]
    assert {name.removesuffix("_FILE") for name in given} <= known


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_steps_of_the_image_give_an_escalator_that_works(tmp_path):
    source = tmp_path / "src"
    source.mkdir()
    for name in re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        origin = ROOT / name
        copy = shutil.copytree if origin.is_dir() else shutil.copy2
        copy(origin, source / name)
    for step in steps(BUILD):
        moved = step.replace("/opt/", f"{tmp_path}/opt/").replace("python -m", f"{shlex.quote(sys.executable)} -m")
        done = subprocess.run(["/bin/sh", "-ec", moved], cwd=source, capture_output=True, text=True)
        if re.search(UNCONNECTED, done.stderr):
            pytest.skip("no package index answers: the steps of the image were not run")
        assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
    installed = tmp_path / "opt" / "escalator"
    examples = next(installed.glob("lib/python*/site-packages/escalator/example_policies"))
    assert next(installed.glob("lib/python*/site-packages/escalator/migrations/versions")).is_dir()
    for words in (["--version"], ["policy", "check", str(examples)], ["migrate"], ["migrate", "--check"]):
        done = subprocess.run([installed / "bin" / "escalator", *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    assert not list(installed.glob("lib/python*/site-packages/pip"))
