// Package posting is head office's side of one payment: the state machine that
// brings an order to post (入账) to its end in the MIS through any number of lost
// replies, refusals and restarts.
//
// Step is pure. Whoever runs it stores the new state durably before it carries
// out the effect, so a restart knows of every call that may have left.
//
//	state      event                       next       effect
//	ordered    due                         calling    post
//	calling    answer done                 posted     -
//	calling    answer not done, retry      ordered    - (back-off)
//	calling    answer not done, first post owed       - (case)
//	calling    answer not done, repeated   asking     - (an earlier post may be booked)
//	calling    answer unknown, restart     asking     - (delay)
//	asking     due                         asking     ask
//	asking     answer done                 posted     -
//	asking     answer not done, reversed   owed       - (case)
//	asking     not done, post was refused  owed       - (case)
//	asking     not done, 5 odd answers     owed       - (case)
//	asking     answer not done             ordered    - (post again, same serial)
//	asking     answered "unknown" 5 times  reversing  -
//	asking     no answer, restart          asking     - (back-off)
//	reversing  due                         reversing  reverse
//	reversing  answer done or not done     owed       - (case)
//	reversing  answered "unknown" 5 times  disputed   - (case)
//	reversing  no answer, restart          reversing  - (back-off)
//	any call   done, but another amount    disputed   - (case)
//
// Posted, owed and disputed are final for the machine; a person may act on the
// case. A posting that is open longer than EscalateAfter is shown as a case too,
// while the machine goes on.
package posting
