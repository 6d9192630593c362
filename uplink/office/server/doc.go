// Package server is the MQTT side of head office: it routes what the broker
// delivers, keeps the order of each kiosk's records, and publishes
// acknowledgements, replies, signed offline policies, signed jobs and signed
// rosters.
//
// A job is retained, so that a kiosk finds it whenever it comes; it is published
// again when the link comes up and every few minutes, until the kiosk has reported
// its end, and then cleared. Kiosks answer a job that they know with their last
// report, so neither side's loss of a message is lasting. A job is in the books
// before it is published.
//
// The roster of those who may log in at kiosks is retained for each kiosk, and
// published again when the link comes up or when it has changed.
//
// Who a message is from is what its topic says; the broker has bound the topic to
// the kiosk's certificate. Records, requests and job reports of one kiosk have a lane
// of their own and are handled in the order of arrival; requests are answered beside
// it, because a post waits for the MIS, and posts take no places of other requests.
//
// Every lane is bounded. What does not fit is dropped and counted: the kiosk sends
// records again until they are acknowledged, and asks again.
//
// A heartbeat that names more records than the books hold is answered with what they
// hold, so that a kiosk without a customer learns that records were lost here. The
// answer waits in the kiosk's lane.
//
// State messages themselves never wait with them. The newest of each kiosk is kept until it is in
// the books, many to a commit; none is dropped. A kiosk is online if it said so itself,
// live, within fleet.PresentFor; nobody is when head office starts.
package server
