"""How many rows Spark finds for each condition, read as the job reads: JSON on standard input and output."""

import json
import sys

sys.path.insert(0, 'glue')

from il_session import start_session  # noqa: E402

asked = json.load(sys.stdin)
spark = start_session()
spark.conf.set('spark.sql.shuffle.partitions', 1)
# Compiling a hundred conditions takes longer than reading some rows with them.
spark.conf.set('spark.sql.codegen.wholeStage', 'false')
spark.conf.set('spark.sql.codegen.factoryMode', 'NO_CODEGEN')
properties = {**asked['properties'], 'pushDownPredicate': 'false', 'preferTimestampNTZ': 'true'}
rows = spark.read.jdbc(asked['url'], asked['query'], properties=properties).selectExpr(*asked['columns'])
# The answers are about values, not about how they are read.
rows = spark.createDataFrame(rows.collect(), rows.schema).coalesce(1).cache()


def count_each(filters: list[str]) -> list[object]:
    """Many in one go: a condition that Spark refuses is looked for by halves."""
    try:
        return list(rows.selectExpr(*[f'count_if({condition})' for condition in filters]).first())
    except Exception as error:
        if len(filters) == 1:
            return [f'{type(error).__name__}: {str(error).splitlines()[0]}']
        half = len(filters) // 2
        return count_each(filters[:half]) + count_each(filters[half:])


def count_distinct(count: dict) -> int:
    key = ', '.join(f'`{name}`' for name in count['distinct'])
    found = rows.where(count['filter']) if 'filter' in count else rows
    return found.selectExpr(f'row_number() over (partition by {key} order by {key}) n').where('n = 1').count()


filters = [count['filter'] for count in asked['counts'] if 'distinct' not in count]
answers = [answer for start in range(0, len(filters), 100) for answer in count_each(filters[start : start + 100])]
answers += [count_distinct(count) for count in asked['counts'] if 'distinct' in count]
print(json.dumps(answers))
