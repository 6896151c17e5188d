/** What the parts of the comparison are given of each run. */

import type { Course, SessionDetail } from "../../../api";

export interface Compared {
  /** as the legend, the chart and the table call it, from 1 */
  number: number;
  colour: string;
  session: SessionDetail;
  course: Course;
}
