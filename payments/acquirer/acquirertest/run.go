package acquirertest

import "testing"

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	for _, c := range []struct {
		name string
		run  func(Subject, *testing.T)
	}{
		{"order", Subject.testOrder},
		{"order repeated", Subject.testOrderRepeated},
		{"order expires", Subject.testOrderExpires},
		{"collect", Subject.testCollect},
		{"collect with password", Subject.testPassword},
		{"collect refused", Subject.testCollectRefused},
		{"collect repeated", Subject.testCollectRepeated},
		{"ask for nothing", Subject.testAskNone},
		{"close", Subject.testClose},
		{"close what is paid", Subject.testClosePaid},
		{"close what is being paid", Subject.testClosePaying},
		{"closed but paid", Subject.testClosedButPaid},
		{"refund", Subject.testRefund},
		{"refund in parts", Subject.testRefundParts},
		{"refund later", Subject.testRefundProcessing},
		{"refund unknown", Subject.testRefundUnknown},
		{"refund refused", Subject.testRefundRefused},
		{"notice", Subject.testNotice},
		{"notice duplicated and missing", Subject.testNoticeTimes},
		{"notice forged", Subject.testNoticeForged},
		{"notice tampered with", Subject.testNoticeTampered},
		{"notice of a refund", Subject.testNoticeRefund},
		{"notice stale", Subject.testNoticeStale},
		{"notice pushed", Subject.testNoticePushed},
		{"silence", Subject.testSilence},
		{"silence on a socket", Subject.testSilenceOnSocket},
		{"down", Subject.testDown},
		{"error", Subject.testError},
		{"duplicate request", Subject.testDuplicate},
		{"wrong signature", Subject.testWrongSignature},
		{"answer of another", Subject.testMisfit},
		{"clock", Subject.testClock},
		{"request that cannot be", Subject.testBadRequests},
		{"answer too large", Subject.testTooLarge},
		{"time-out", Subject.testTimeout},
		{"request tampered with", Subject.testTampered},
		{"cancelled", Subject.testCancelled},
		{"no cross talk", Subject.testNoCrossTalk},
		{"money", Subject.testMoney},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(s, t) })
	}
}
