// Package approval is the two-person rule of head office: one person proposes a plan, and
// exactly that plan is carried out, once, when another one approves it.
//
// A plan says what will be done and from what it starts: its kind drafts it from the rows
// as they stand (Rule.Draft). Its hash covers all of it, the proposer and the reason
// included. Who approves names the hash of the plan that was shown. The desk drafts again
// then, in the database transaction in which it carries the plan out: a plan whose grounds
// have changed fails, and nothing is done.
//
//	pending → done     another person approved it, and it was carried out
//	pending → refused  another person refused it, or its own proposer took it back
//	pending → failed   it was approved, and is not possible any more
//	pending → expired  nobody decided within Lasts
//
// There is no other way: a state that is not pending is an end, so that a repeated approval
// does nothing. Another person is another account that is enabled and whose role may
// approve that kind; whoever proposed it must still be enabled too. Whether one human has
// two accounts the desk cannot know: who adds people has to see to that, and the audit log
// names both. Every proposal and decision is in the audit log, in the transaction of what it
// did, and so is what was refused, up to people.MostRefused attempts of one person an hour.
//
// The package refuses to know what a plan does: kinds are registered with rules.
package approval
