import type { LogicalPlan } from '../plan/plan.ts'
import { answerFromStatistics } from './answer-from-statistics.ts'
import { decorrelate } from './decorrelate.ts'
import { extractPredicates } from './extract-predicates.ts'
import { foldConstants } from './fold-constants.ts'
import { fetchLate } from './fetch-late.ts'
import { inlineShared } from './inline-shared.ts'
import { chooseBuildSides, orderJoins } from './order-joins.ts'
import { pruneColumns } from './prune-columns.ts'
import { pushFilters } from './push-filters.ts'
import { pushJoinFilters } from './push-join-filters.ts'
import { pushLimits } from './push-limits.ts'
import { reduceAggregates } from './reduce-aggregates.ts'
import { reverseWindows } from './reverse-windows.ts'
import { shareExpressions } from './share-expressions.ts'
import { sortAggregates } from './sort-aggregates.ts'
import { splitDistinct } from './split-distinct.ts'
import { splitSums } from './split-sums.ts'
import { wrapLists } from './wrap-lists.ts'

/** A rewriting of plans that changes neither the answer nor the output columns. */
export interface Rule {
  /** As in `SET optimizer.NAME = false`. */
  readonly name: string
  readonly about: string
  /** The executor depends on it, so it cannot be switched off. */
  readonly required?: true
  /** Sees the plans of shared rows too, and runs before the others. */
  readonly whole?: true
  rewrite(plan: LogicalPlan): LogicalPlan
}

/** The rules in the order in which they run. */
export const rules: readonly Rule[] = [
  {
    name: 'inline_common_tables',
    about: 'Computes WITH tables in the place where they are read, if that is one',
    required: true,
    whole: true,
    rewrite: inlineShared,
  },
  { name: 'fold_constants', about: 'Computes what needs no row', rewrite: foldConstants },
  { name: 'decorrelate', about: 'Turns subqueries into joins', required: true, rewrite: decorrelate },
  {
    name: 'wrap_lists',
    about: 'Lets aggregates keep lists in one piece',
    required: true,
    rewrite: wrapLists,
  },
  {
    name: 'split_distinct',
    about: 'Turns DISTINCT aggregates into two levels of grouping',
    required: true,
    rewrite: splitDistinct,
  },
  {
    name: 'sort_aggregates',
    about: 'Sorts the input of aggregates with an ORDER BY of their own',
    required: true,
    rewrite: sortAggregates,
  },
  {
    name: 'split_sums',
    about: 'Adds the constant of sum(x + 1) to the sum of x, once for each row counted',
    rewrite: splitSums,
  },
  { name: 'push_filters', about: 'Moves conditions to the scans and into joins', rewrite: pushFilters },
  { name: 'order_joins', about: 'Orders joins by the rows they are likely to give', rewrite: orderJoins },
  {
    name: 'reduce_aggregates',
    about: 'Groups only rows that a join of the groups can use',
    rewrite: reduceAggregates,
  },
  { name: 'prune_columns', about: 'Reads and keeps only the columns that are needed', rewrite: pruneColumns },
  { name: 'push_limits', about: 'Keeps only the first rows while sorting', rewrite: pushLimits },
  {
    name: 'choose_build_sides',
    about: 'Builds hash tables from the smaller side',
    rewrite: chooseBuildSides,
  },
  {
    name: 'extract_predicates',
    about: 'Tells scans what statistics can rule out',
    rewrite: extractPredicates,
  },
  {
    name: 'answer_from_statistics',
    about: 'Counts rows and finds bounds without reading what statistics know exactly',
    rewrite: answerFromStatistics,
  },
  {
    name: 'fetch_late',
    about: 'Sorts only keys and row numbers, and reads the other columns of the rows that are wanted',
    rewrite: fetchLate,
  },
  {
    name: 'push_join_filters',
    about: 'Lets scans skip rows whose keys are not in a finished hash table',
    rewrite: pushJoinFilters,
  },
  {
    name: 'reverse_windows',
    about: 'Turns windows round whose frames go to the end, where the order of their rows is not seen',
    rewrite: reverseWindows,
  },
  {
    name: 'share_expressions',
    about: 'Computes once for each row what several expressions have in common',
    rewrite: shareExpressions,
  },
]

/** Those that can be switched off. */
export const ruleNames: readonly string[] = rules.filter((rule) => !rule.required).map((rule) => rule.name)
