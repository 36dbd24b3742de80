from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from il_failure import LoadFailed, Scrubber, explain


def test_a_task_that_failed_says_its_own_cause_and_no_stack(spark: SparkSession) -> None:
    with pytest.raises(Exception, match=r'.') as caught:
        spark.range(4).selectExpr("cast(concat('x', id) as int)").collect()
    said = explain(caught.value)
    assert said.startswith("[CAST_INVALID_INPUT] The value 'x")
    assert '\n' not in said
    assert 'ansi' not in said
    assert 'at org.apache' not in said


def test_python_on_an_executor_says_the_last_line_of_its_traceback(spark: SparkSession) -> None:
    def fail(_: int) -> str:
        raise ValueError('no such country')

    with pytest.raises(Exception, match=r'.') as caught:
        spark.range(1).select(F.udf(fail)('id')).collect()
    assert explain(caught.value) == 'ValueError: no such country'


def test_a_cause_of_which_only_the_text_is_left_is_found_in_it() -> None:
    text = (
        'Job aborted due to stage failure: Task 0 failed 4 times: java.sql.BatchUpdateException: Batch entry 0\n'
        '\tat org.postgresql.Driver\nCaused by: org.postgresql.util.PSQLException: ERROR: value too long\n'
        '  Detail: it is.\n\tat org.postgresql.core\n\t... 3 more\n'
    )
    assert explain(LoadFailed('as it is')) == 'as it is'
    assert explain(RuntimeError(text)) == 'ERROR: value too long Detail: it is.'


def test_a_long_message_is_cut() -> None:
    assert len(explain(RuntimeError('x' * 5000))) < 700


def test_credentials_are_taken_out_of_messages_and_other_words_are_not() -> None:
    scrub = Scrubber()
    scrub.learn('hr', 's3cret.*')
    assert scrub('FATAL: password authentication failed for user "hr"') == (
        'FATAL: password authentication failed for user "***"'
    )
    assert scrub("Access denied for user 'hr'@'10.0.0.1'") == "Access denied for user '***'@'10.0.0.1'"
    assert scrub('jdbc:x?user=hr&password=s3cret.*') == 'jdbc:x?user=***&password=***'
    assert scrub('relation hr.people does not exist') == 'relation hr.people does not exist'
    assert scrub('s3cretXX') == 's3cretXX'
