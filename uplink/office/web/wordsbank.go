package web

// bankWords are those of payments by bank card.
func bankWords() map[string][2]string {
	return map[string][2]string{
		"class.reversal-open": {"冲正未完成", "Reversal open"},
		"class.taken-back":    {"入账后冲正", "Posted, and taken back"},
		"class.batch":         {"批结不符", "Batch not settled"},
		"class.terminal":      {"银行终端号不符", "Another terminal"},
		"class.captured":      {"吞卡", "Card captured"},

		"todo.reversal-open": {"银行超过十分钟没有确认冲正，终端仍在重发；其间该终端不受理银行卡。请与银行联系。", "The bank has not confirmed the reversal for ten minutes; the kiosk goes on sending it, and takes no card meanwhile. Call the bank."},
		"todo.taken-back":    {"终端正在冲正一笔已入账（或可能已入账）的银行卡消费。请核实入账，必要时冲回。", "The kiosk takes a sale back that is posted, or may be. Check the posting, and reverse it if the card has its money."},
		"todo.batch":         {"终端与银行的批次总额不符，或批结没有完成。请按批次与银行对账。", "The totals of a batch differ, or it was not settled. Compare it with the bank's, by batch."},
		"todo.terminal":      {"终端用了不属于它的银行终端号，已拒绝转发。核实后用 officed terminal set 设定。", "The kiosk used a terminal number of the bank's that is not its own, and was refused. Check it, and set the right one with officed terminal set."},
		"todo.captured":      {"读卡器里留有一张卡。请取出，按规定交还银行或持卡人。", "A card is kept in the reader. Take it out, and give it to the bank or its holder as the rules say."},
	}
}
