import { RequestError } from '../errors.ts';
import type { FitInput, Offer, Strategy } from '../load/strategy.ts';
import type { Plan } from '../model.ts';
import { STRATEGIES, type LoadRequest, type StrategyName } from '../request/schema.ts';

/** What the choice needs of a strategy; those that are missing are not built yet. */
export type Candidates = Partial<Record<StrategyName, Pick<Strategy, 'planes' | 'fit'>>>;

type Limit = 'limits.maxCostUsd' | 'limits.deadlineMinutes';
/** `limit` says that only this limit of the request is in the way. */
type Rejection = { fits: false; reason: string; limit?: Limit };
type Verdict = { strategy: StrategyName } & (Offer | Rejection);

/**
 * Chooses the first strategy that fits, in the order of STRATEGIES: what needs the least to be made and waited for comes
 * first. Pure: it weighs the request and what was measured, and always says why each other one was rejected.
 *
 * @throws RequestError when none fits, or not the one that was asked for
 */
export function choose(input: FitInput, candidates: Candidates): Plan {
  const { strategy: asked } = input.request;
  const verdicts = STRATEGIES.map((strategy) => Object.assign({ strategy }, judge(strategy, input, candidates)));
  const chosen = verdicts.find((verdict) => verdict.fits && (asked === 'auto' || verdict.strategy === asked));
  const planes = chosen && candidates[chosen.strategy]?.planes;
  if (!chosen?.fits || !planes) throw nothingFits(input.request, verdicts);
  const { fits: _, strategy, reasons, ...offer } = chosen;
  return {
    strategy,
    reasons: asked === 'auto' ? reasons : [`strategy "${asked}" was asked for`, ...reasons],
    rejected: verdicts
      .filter((verdict) => verdict.strategy !== strategy)
      .map((verdict) => ({
        strategy: verdict.strategy,
        reason: verdict.fits ? outdone(strategy, asked) : verdict.reason,
      })),
    planes,
    tables: input.tables,
    ...offer,
  };
}

function judge(strategy: StrategyName, input: FitInput, candidates: Candidates): Offer | Rejection {
  if (strategy === 'replay' && input.request.strategy !== 'replay') {
    return { fits: false, reason: 'it shows every consumer events that never happened: only by name, never by auto' };
  }
  const candidate = candidates[strategy];
  if (!candidate) return { fits: false, reason: 'it is not built yet in this version' };
  const offer = candidate.fit(input);
  return offer.fits ? (exceedsLimit(offer, input.request) ?? offer) : offer;
}

function exceedsLimit({ estimate }: Offer, { limits }: LoadRequest): Rejection | undefined {
  if (limits.maxCostUsd !== undefined && estimate.costUsd > limits.maxCostUsd) {
    return {
      fits: false,
      reason: `it would cost about $${estimate.costUsd}, and limits.maxCostUsd allows $${limits.maxCostUsd}`,
      limit: 'limits.maxCostUsd',
    };
  }
  const minutes = Math.ceil(estimate.seconds / 60);
  if (minutes <= limits.deadlineMinutes) return undefined;
  return {
    fits: false,
    reason: `it would take about ${minutes} minutes, and limits.deadlineMinutes allows ${limits.deadlineMinutes}`,
    limit: 'limits.deadlineMinutes',
  };
}

function outdone(chosen: StrategyName, asked: LoadRequest['strategy']): string {
  return asked === 'auto' ? `"${chosen}" fits and needs less` : `"${asked}" was asked for`;
}

function nothingFits(request: LoadRequest, verdicts: Verdict[]): RequestError {
  const { strategy: asked, limits } = request;
  const rejections = verdicts.filter((verdict) => !verdict.fits && (asked === 'auto' || verdict.strategy === asked));
  const reasons = rejections.map((verdict) => `${verdict.strategy}: ${verdict.fits ? '' : verdict.reason}`).join('; ');
  const limited = rejections.find((verdict) => !verdict.fits && verdict.limit !== undefined);
  const limit = limited && !limited.fits ? limited.limit : undefined;
  if (limit !== undefined) {
    return new RequestError({
      field: limit,
      value: limit === 'limits.maxCostUsd' ? limits.maxCostUsd : limits.deadlineMinutes,
      wrong: `no strategy stays within it (${reasons})`,
      advice: 'Raise the limit, or load less',
    });
  }
  return new RequestError({
    field: 'strategy',
    value: asked,
    wrong: asked === 'auto' ? `no strategy fits (${reasons})` : `it does not fit this load (${reasons})`,
    advice: asked === 'auto' ? 'Change the request so that one of them fits' : 'Write "auto" to choose one that fits',
  });
}
