/** What a page loads of the plan once it is drawn. */
export { PlanSheet, openPlan } from './sheet.js';
export { WhatIfSheet } from './whatif.js';
export { PlanBar, PlanLine, proposed } from './bar.js';
export { Outlines } from './outlines.js';
export { Suggest } from './suggest.js';
export { ForBooking, AtTable } from './here.js';
