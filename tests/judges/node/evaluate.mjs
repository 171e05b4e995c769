// Prints what csp_evaluator finds in a Content-Security-Policy: node evaluate.mjs <policy>
import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { CspParser } from "csp_evaluator/dist/parser.js";

const findings = new CspEvaluator(new CspParser(process.argv[2]).csp).evaluate();
console.log(JSON.stringify(findings.map(({ directive, value, description, severity }) => ({ directive, value, description, severity }))));
