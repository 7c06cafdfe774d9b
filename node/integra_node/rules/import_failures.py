"""Why did an import end before its end, in words? English here; the catalogues have the others."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from integra_node.rules.messages import N_

FAILURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unknown_ending": N_("Choose a file that ends in .csv, .xlsx, .json or .jsonl."),
        "file_empty": N_("There is nothing in this file."),
        "file_too_large": N_("The file is over %(max)s MiB. Divide it."),
        "too_many_rows": N_("The file has more than %(max)s rows. Divide it."),
        "too_many_columns": N_("The file has more than %(max)s columns. Remove some."),
        "cell_too_long": N_("Row %(line)s has a cell of more than %(max)s characters. Shorten it."),
        "record_too_long": N_(
            "The practice on line %(line)s has more than %(max)s characters. Shorten it."
        ),
        "record_too_deep": N_(
            "The practice on line %(line)s has more than %(max)s levels of lists in each other."
        ),
        "broken_quotes": N_(
            "A quotation mark on or before line %(line)s does not close or stands in the wrong"
            " place. Save the file anew as CSV."
        ),
        "wrong_encoding": N_(
            "Line %(line)s is not in the encoding %(encoding)s. Choose another encoding, or save"
            " the file as UTF-8."
        ),
        "archive_bomb": N_("Unpacked, this workbook would be over %(max)s MiB. It is not opened."),
        "archive_members": N_("This workbook has more than %(max)s parts. It is not opened."),
        "not_xlsx": N_("This is no XLSX workbook, or it is damaged. Save it anew as XLSX or CSV."),
        "bad_json": N_("Line %(line)s is not JSON."),
        "not_objects": N_("No. %(line)s in the file is not a JSON object."),
        "unreadable": N_("Reading this file took too much memory or time. Divide it."),
        "no_title_column": N_("Say which column is the title."),
        "not_allowed": N_("Who began this import may no longer import."),
        "source_unreachable": N_("The repository cannot be reached. Try again later."),
        "source_refused": N_("The repository refused: %(said)s."),
        "source_wrong": N_("What the repository answered is not OAI-PMH."),
        "source_too_large": N_("One answer of the repository was over %(max)s MiB."),
        "source_not_allowed": N_("This address is not allowed in the settings of this node."),
    }
)


def failure_text(reason: str) -> str:
    """Return the English sentence of a reason, with named ``%(...)s`` placeholders."""
    return FAILURES.get(reason, FAILURES["unreadable"])
