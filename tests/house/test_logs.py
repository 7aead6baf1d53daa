"""An error in production is logged without what people typed."""

import logging
import logging.config

import pytest

from earlyaccess.logs import logging_config


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_shows_no_local_variable(log_format, capsys):
    before = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(logging_config(log_format=log_format, level="INFO"))
        typed_by_a_doctor = "canari-dans-une-variable-locale"
        try:
            raise ValueError(len(typed_by_a_doctor))
        except ValueError:
            logging.getLogger("earlyaccess").exception("it broke")
    finally:
        logging.root.handlers, logging.root.level = before
    written = capsys.readouterr().err
    assert "it broke" in written
    assert "ValueError" in written
    assert "canari" not in written
