from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tables import rows_of, table_of

from il_failure import LoadFailed, explain
from il_transform import transform


def made(spark: SparkSession, typed: str, rows: list[tuple[Any, ...]], columns: list[str], **steps: Any) -> list[Any]:
    result = transform(rows_of(spark, typed, *rows), table_of(columns, **steps), copies_text=True)
    return sorted(tuple(row) for row in result.collect())


def test_expressions_see_typed_values_under_the_sources_own_names(spark: SparkSession) -> None:
    names = ['a b', 'a.b', 'Quo`te"']
    output = [
        {'name': 'sum', 'derive': '`a b` + `a.b`'},
        {'name': 'doubled', 'derive': '`Quo``te"` * 2'},
        {'name': 'a', 'cast': 'Quo`te"', 'to': 'decimal(5,1)'},
    ]
    rows = made(spark, 'int, int, int', [(1, 20, 300)], names, filter='`a.b` > 9', output=output)
    assert [tuple(map(float, row)) for row in rows] == [(21, 600, 300)]


def test_a_column_and_another_that_differs_in_case_are_two(spark: SparkSession) -> None:
    output = [{'name': 'x', 'derive': "concat(name, '/', Name)"}]
    assert made(spark, 'string, string', [('small', 'big')], ['name', 'Name'], output=output) == [('small/big',)]


def test_a_row_for_which_the_filter_is_null_is_not_loaded(spark: SparkSession) -> None:
    rows = [(1, 5), (2, None), (3, 50)]
    assert made(spark, 'int, int', rows, ['id', 'n'], filter='n > 9') == [('3', '50')]
    assert made(spark, 'int, int', rows, ['id', 'n'], filter='not (n > 9)') == [('1', '5')]


def test_of_rows_with_the_same_key_the_first_in_order_is_kept(spark: SparkSession) -> None:
    rows = [('a', 1), ('a', 3), ('a', 2), ('b', 7), (None, 1), (None, 2)]
    kept = transform(
        rows_of(spark, 'string, int', *rows),
        table_of(['k', 'n'], deduplicate={'key': ['k'], 'keep': 'n desc'}),
        copies_text=True,
    )
    assert {row['k']: row['n'] for row in kept.collect()} == {'a': '3', 'b': '7', None: '2'}


def test_without_an_order_any_one_row_of_a_key_is_kept_whole(spark: SparkSession) -> None:
    rows = [(n % 3, n, -n) for n in range(30)]
    kept = made(spark, 'int, int, int', rows, ['k', 'n', 'm'], deduplicate={'key': ['k']})
    assert [row[0] for row in kept] == ['0', '1', '2']
    assert all(int(n) == -int(m) and int(n) % 3 == int(k) for k, n, m in kept)


def test_a_mask_is_the_hash_of_the_text_form_and_null_stays_null(spark: SparkSession) -> None:
    output = [{'name': 'id', 'copy': 'id'}, {'name': 'pay', 'mask': 'pay'}]
    rows = made(spark, 'int, decimal(10,2)', [(1, Decimal(10)), (2, None)], ['id', 'pay'], output=output)
    assert rows == [('1', hashlib.sha256(b'10.00').hexdigest()), ('2', None)]


def test_a_copied_column_keeps_its_text_form_unless_types_are_wanted(spark: SparkSession) -> None:
    table = table_of(['id', 'odd'], untyped=('odd',))
    rows = rows_of(spark, 'int, int', (1, 2))
    assert transform(rows, table, copies_text=True).dtypes == [('id', 'string'), ('odd', 'string')]
    assert transform(rows, table, copies_text=False).dtypes == [('id', 'int'), ('odd', 'string')]


def test_a_typed_value_may_be_made_of_the_number_that_the_source_sent(spark: SparkSession) -> None:
    table = table_of(['born'], output=[{'name': 'year', 'derive': 'year(born)'}, {'name': 'born', 'copy': 'born'}])
    table['read']['columns'][0]['typed'] = 'date_from_unix_date(n1)'
    rows = transform(rows_of(spark, 'int', (-719163,)), table, copies_text=True)
    assert rows.collect() == [(0, '-719163')]


def test_a_source_may_have_columns_with_names_like_those_that_the_job_adds(spark: SparkSession) -> None:
    rows = made(spark, 'int, int', [(1, 2)], ['il_c1', 'il__c2'], deduplicate={'key': ['il_c1']})
    assert rows == [('1', '2')]


def test_names_that_only_contain_what_the_job_adds_are_no_star(spark: SparkSession) -> None:
    output = [{'name': 'mail', 'derive': 'upper(mail_address)'}]
    columns = ['mail_address', 'detail_id']
    rows = made(
        spark,
        'string, int',
        [('a', 1), ('a', 2)],
        columns,
        filter='mail_address is not null',
        deduplicate={'key': ['mail_address'], 'keep': 'detail_id'},
        output=output,
    )
    assert rows == [('A',)]
    with pytest.raises(LoadFailed, match=r'all columns by \*'):
        made(spark, 'string, int', [('a', 1)], columns, output=[{'name': 'x', 'derive': 'to_json(struct(*))'}])


def test_a_text_with_a_dollar_and_braces_stays_one(spark: SparkSession) -> None:
    output = [
        {'name': 'said', 'derive': "replace(t, '${name}', 'Ada')"},
        {'name': 'path', 'derive': "'${env:PATH}'"},
    ]
    assert made(spark, 'string', [('Dear ${name}',)], ['t'], output=output) == [('Dear Ada', '${env:PATH}')]


def test_a_cast_that_fails_is_an_error_and_never_null(spark: SparkSession) -> None:
    output = [{'name': 'n', 'cast': 't', 'to': 'int'}]
    with pytest.raises(Exception, match=r'.') as caught:
        made(spark, 'string', [('seven',)], ['t'], output=output)
    assert explain(caught.value).startswith(
        '[CAST_INVALID_INPUT] The value \'seven\' of the type "STRING" cannot be cast'
    )


@pytest.mark.parametrize(
    ('steps', 'said'),
    [
        ({'filter': 'salry > 1'}, r'^transform\["hr.people"\].filter: \[UNRESOLVED_COLUMN.*`salary`'),
        ({'filter': 'id +'}, r'^transform\["hr.people"\].filter: \[PARSE_SYNTAX_ERROR\]'),
        ({'filter': 'id + 1'}, r'^transform\["hr.people"\].filter: .*BOOLEAN'),
        ({'deduplicate': {'key': ['id'], 'keep': 'when desc'}}, r'^transform\["hr.people"\].deduplicate: .*when'),
        (
            {'output': [{'name': 'x', 'derive': 'uper(id)'}]},
            r'^transform\["hr.people"\].derive.x: .*UNRESOLVED_ROUTINE',
        ),
        ({'output': [{'name': 'x y', 'derive': 'nix'}]}, r'^transform\["hr.people"\].derive\["x y"\]: '),
        ({'output': [{'name': 'x', 'cast': 'id', 'to': 'nteger'}]}, r'^transform\["hr.people"\].cast.id: .*NTEGER'),
        ({'output': [{'name': 'x', 'derive': 'explode(array(id))'}]}, 'another number of rows'),
        ({'output': [{'name': 'x', 'derive': 'count(*)'}]}, 'another number of rows'),
        ({'output': [{'name': 'x', 'derive': 'to_json(struct(*))'}]}, r'all columns by \*'),
        ({'filter': 'id in (select 1)'}, r'filter: id in \(select 1\) has a query in it'),
        ({'output': [{'name': 'x', 'derive': '(select max(value) from text.`/etc/hostname`)'}]}, 'has a query in it'),
        ({'deduplicate': {'key': ['id'], 'keep': '(select 1)'}}, 'deduplicate: .* has a query in it'),
        (
            {'output': [{'name': 'x', 'derive': "nvl(java_method('java.lang.System', 'getenv', 'PATH'), 'x')"}]},
            r"derive.x: .* calls a method of Java's",
        ),
        (
            {'filter': "exists(array(id), n -> reflect('java.lang.System', 'getenv', 'PATH') = '')"},
            r"filter: .* calls a method of Java's",
        ),
    ],
)
def test_what_is_wrong_is_said_before_a_row_is_read_with_table_and_field(
    spark: SparkSession, steps: dict[str, Any], said: str
) -> None:
    with pytest.raises(LoadFailed, match=said) as caught:
        transform(rows_of(spark, 'int, int', (1, 1)), table_of(['id', 'salary'], **steps), copies_text=True)
    assert '\n' not in str(caught.value)


def test_a_window_is_no_other_number_of_rows(spark: SparkSession) -> None:
    output = [{'name': 'of', 'derive': 'count(*) over (partition by k)'}]
    assert made(spark, 'int, int', [(1, 1), (1, 2), (2, 1)], ['k', 'n'], output=output) == [(1,), (2,), (2,)]
