"""What the house is told from outside: one clear sentence for what cannot be used, and no password in any log."""

import stat
from pathlib import Path

import pytest

from hub.core.settings import BadSettingError, Settings

SECRET = "0123456789abcdef0123456789abcdef"


def test_defaults_open_a_house_on_this_machine_only(tmp_path: Path):
    settings = Settings.load({"MAITRED_DATA_DIR": str(tmp_path / "data")})
    assert (settings.host, settings.port, settings.demo, settings.role) == ("127.0.0.1", 8000, False, "all")
    assert settings.database_url is settings.redis_url is None
    assert settings.origins == ()


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path):
    env = {"MAITRED_DATA_DIR": str(tmp_path / "data")}
    first, again = Settings.load(env), Settings.load(env)
    assert first.secret == again.secret
    assert len(first.secret) == 64
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["secret"]
    other = Settings.load({"MAITRED_DATA_DIR": str(tmp_path / "other")})
    assert other.secret != first.secret


@pytest.mark.parametrize("role", ["hub", "worker"])
def test_only_gateways_stand_side_by_side(tmp_path: Path, role: str):
    with pytest.raises(BadSettingError, match="MAITRED_PROCESSES=2"):
        Settings.load({"MAITRED_DATA_DIR": str(tmp_path), "MAITRED_ROLE": role, "MAITRED_PROCESSES": "2"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAITRED_PORT", "eighty"),
        ("MAITRED_PORT", "0"),
        ("MAITRED_PORT", "65536"),
        ("MAITRED_PORT", "-1"),
        ("MAITRED_DATABASE_URL", "mysql://u:hunter2@h/db"),
        ("MAITRED_REDIS_URL", "h:6379"),
        ("MAITRED_DEMO", "maybe"),
        ("MAITRED_SECRET", "short"),
        ("MAITRED_ORIGINS", "https://ok.example, example.com"),
        ("MAITRED_ORIGINS", "https://a.example/path"),
        ("MAITRED_ROLE", "chef"),
        ("MAITRED_EDGE", "cliff"),
        ("MAITRED_SOCKET_PORT", "0"),
        ("MAITRED_PROCESSES", "0"),
        ("MAITRED_PROCESSES", "17"),
        ("MAITRED_PROCESSES", "two"),
        ("MAITRED_DATA_DIR", "/proc/nowhere"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(tmp_path: Path, name: str, value: str):
    with pytest.raises(BadSettingError, match=name) as refused:
        Settings.load({"MAITRED_DATA_DIR": str(tmp_path), name: value})
    assert "hunter2" not in str(refused.value)


def test_another_process_of_the_house_loads_the_very_same_settings(tmp_path: Path):
    told = {
        "MAITRED_HOST": "0.0.0.0",
        "MAITRED_PORT": "8100",
        "MAITRED_DATA_DIR": str(tmp_path),
        "MAITRED_DEMO": "1",
        "MAITRED_SECRET": SECRET,
        "MAITRED_ORIGINS": "https://a.example, http://b.example:8080/",
        "MAITRED_ROLE": "gateway",
        "MAITRED_PROCESSES": "3",
    }
    settings = Settings.load(told).with_servers(database_url="postgresql://m@/m?host=/x", redis_url="unix:///x?db=0")
    assert Settings.load(settings.as_environment()) == settings
    assert settings.origins == ("https://a.example", "http://b.example:8080")
    assert settings.url == "http://127.0.0.1:8100"


def test_nothing_that_may_hold_a_password_is_shown():
    settings = Settings(secret=SECRET, database_url="postgresql://u:hunter2@h/d", redis_url="redis://:hunter3@h")
    assert not any(word in repr(settings) for word in (SECRET, "hunter2", "hunter3"))
