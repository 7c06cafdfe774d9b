"""What do all commands share? Where the home folder is, how they answer, how they fail.

``--home`` and ``--json`` may stand before or after the name of a command.  Exit codes: 0 done,
1 failed (the sentence is on standard error), 2 wrong usage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

import click

from integra_protocol.errors import IntegraError

HOME_FOLDER: Final = click.Path(file_okay=False, path_type=Path)
FILE: Final = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """How a command was called: every command gets it by ``click.pass_obj``."""

    home: Path
    json: bool

    def tell(self, data: Mapping[str, Any], *lines: str) -> None:
        """Answer: one JSON object with ``--json``, else sentences."""
        if self.json:
            click.echo(json.dumps(data, ensure_ascii=False, sort_keys=True))
            return
        for line in lines:
            click.echo(line)

    def warn(self, line: str) -> None:
        """Say something on standard error that is no part of the answer."""
        click.echo(line, err=True)


class FailedError(click.ClickException):
    """An expected failure as the command line shows it; exit code 1."""

    def __init__(self, error: IntegraError, *, as_json: bool) -> None:
        super().__init__(error.detail or error.code)
        self._code = error.code
        self._as_json = as_json

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the failure to standard error."""
        shown = {"error": self._code, "detail": self.message}
        text = json.dumps(shown, ensure_ascii=False) if self._as_json else f"Error: {self.message}"
        click.echo(text, file=file, err=file is None)


class LazyGroup(click.Group):
    """The top of a command line: a noun's module is imported when the noun is used.

    ``nouns`` maps a command to ``module:attribute``.
    """

    def __init__(self, *, nouns: Mapping[str, str], **attributes: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(**attributes)
        self._nouns = dict(nouns)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return every command, sorted."""
        return sorted({*self.commands, *self._nouns})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, with the shared options added to it and to all below it."""
        if cmd_name in self._nouns and cmd_name not in self.commands:
            module, _, attribute = self._nouns[cmd_name].partition(":")
            command = getattr(import_module(module), attribute)
            _share_options(command)
            self.add_command(command, cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what fails as expected becomes one sentence and exit code 1."""
        try:
            return super().invoke(ctx)
        except IntegraError as error:
            raise FailedError(error, as_json=_wants_json(ctx)) from error


def shared_options(default_home: Path | None) -> list[click.Option]:
    """Return ``--home`` and ``--json``; with a default home they are those of the top."""
    return [
        click.Option(
            ["--home"],
            type=HOME_FOLDER,
            default=default_home,
            envvar="INTEGRA_HOME" if default_home else None,
            show_default=default_home is not None,
            show_envvar=default_home is not None,
            help="The home folder, with settings, keys and records.",
            expose_value=False,
            is_eager=True,
            callback=_set_home,
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            default=False,
            help="Answer with JSON.",
            expose_value=False,
            is_eager=True,
            callback=_set_json,
        ),
    ]


def _share_options(command: click.Command) -> None:
    held = {parameter.name for parameter in command.params}
    command.params += [o for o in shared_options(None) if o.name not in held]
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _share_options(inner)


def _set_home(ctx: click.Context, _option: click.Parameter, home: Path | None) -> None:
    if home is not None:
        ctx.obj = replace(_invocation(ctx), home=home)


def _set_json(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click passes it so
    if wanted:
        ctx.obj = replace(_invocation(ctx), json=True)
        ctx.find_root().meta[_JSON] = True


_JSON: Final = "integra_node.cli.json"


def _invocation(ctx: click.Context) -> Invocation:
    return ctx.obj if isinstance(ctx.obj, Invocation) else Invocation(home=Path(), json=False)


def _wants_json(ctx: click.Context) -> bool:
    return bool(ctx.find_root().meta.get(_JSON))
