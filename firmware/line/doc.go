// Package line is the kiosk's end of the line to head office.
//
// [Uplink] sends the journal's records in batches, the core's requests, the kiosk's
// state and the update agent's reports about its job. Acknowledgements, replies,
// policies, jobs and rosters come back. It works on a goroutine of its own, over the
// journal, so that a bad line never holds up a customer.
//
// It decides nothing. What head office says goes to the core as an event, or to whoever
// takes jobs and rosters; what it finds wrong with the line, the certificate or the
// two ends' journals goes to the core as a condition. A request ends in an answer or in
// the news that none came, and in the latter at once where there is no room for it.
//
// Bounds: 256 requests wait, 6 are with head office at a time, and of job reports only
// the newest is kept.
package line
