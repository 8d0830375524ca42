import { optimize, passesOf, type Model, type Pass, type Recipe } from '@tfjs-optimize/core';
import { explain, fusionPasses, inference, ruleByName, rulePass } from '@tfjs-optimize/fusion';

declare const model: Model;
declare const recipe: Recipe;

// The preset is a pass like any other; rules come by name.
const preset: Pass = inference({ quantizedWeights: 'expand' });
void preset;
void optimize(model, inference());
void optimize(model, [rulePass('fold-batch-norm'), rulePass('fuse-bias', { quantizedWeights: 'keep' })]);
void optimize(model, passesOf(recipe, fusionPasses));
const reasons: readonly string[] = explain(model).map(({ message }) => message);
void reasons;

// @ts-expect-error a rule is no pass: rulePass makes one of it
void optimize(model, ruleByName('fold-batch-norm'));
// @ts-expect-error a misspelt option is refused
void inference({ quantizedWeight: 'keep' });
// @ts-expect-error quantized weights are kept or expanded
void inference({ quantizedWeights: 'drop' });
// @ts-expect-error a pass is made by calling the preset
void optimize(model, inference);
