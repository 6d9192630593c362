package acquirer

// A call that never left was not carried out. A question that never left was not
// answered: Ask and AskRefund return the zero result in its place.

// OrderLost is the result of an Order that no usable answer came to.
func OrderLost(err error) (OrderResult, error) {
	v := Unsent(err)

	return OrderResult{Answer: v.Answer("", ""), Reason: v.Reason}, err
}

// PaymentLost is OrderLost for Collect.
func PaymentLost(err error) (PaymentResult, error) {
	v := Unsent(err)

	return PaymentResult{Answer: v.Answer("", ""), Reason: v.Reason}, err
}

// CloseLost is OrderLost for Close.
func CloseLost(err error) (CloseResult, error) {
	v := Unsent(err)

	return CloseResult{Answer: v.Answer("", ""), Reason: v.Reason}, err
}

// RefundLost is OrderLost for Refund.
func RefundLost(err error) (RefundResult, error) {
	v := Unsent(err)

	return RefundResult{Answer: v.Answer("", ""), Reason: v.Reason}, err
}
