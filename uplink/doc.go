// Package uplink is the road between a kiosk and head office: the wire
// vocabulary (wire), what a technician proves at a kiosk (credential), a
// journal's key sealed for head office (sparekey), the
// store-and-forward cursor over the kiosk's journal (outbox), the MQTT adapter
// (mqttlink), and head office itself (office).
//
// MQTT is treated as a lossy transport that may repeat and reorder. What is
// durable is decided by the two ends: a record is delivered when head office,
// after its own commit, acknowledged its sequence number and hash.
package uplink
