// Package xfetch decides when a cached answer is renewed before it expires.
//
// A cached answer that everybody wants and that expires at one instant sends
// everybody to the database at that instant. XFetch lets each reader renew the
// answer early, by chance: the closer the expiry and the longer the query
// takes, the likelier. It is optimal among all such rules, and needs no word
// between readers. The rule is that of
//
//	A. Vattani, F. Chierichetti, K. Lowenstein: Optimal Probabilistic Cache
//	Stampede Prevention. PVLDB 8(8), 2015, figure 3:
//	recompute when now - delta*beta*ln(rand()) >= expiry
//
// where delta is what a recomputation takes and beta is the eagerness: 1 is
// the optimum, more is earlier, 0 never. -ln(rand()) is a draw of the unit
// exponential distribution, so the rule reads exp*beta*delta >= remaining.
//
// # The law
//
// With remaining r, one reader fires with probability e^(-r/(beta*delta)). For n
// readers per delta, none of whom knows of the others:
//
//   - the first fires beta*delta*(ln(n*beta)+0.577) before the expiry on average
//     (0.577 is Euler's constant): the ttl is used nearly whole;
//   - e^(1/beta) of them fire before the first is back, 2.72 for beta 1, whatever
//     n is; beyond 11 in one case of a hundred. One flight per key makes it 1.
//
// Two formulas that are often given for XFetch are not it. A chance of
// 1-(remaining/ttl)^beta or of 1-exp(-delta*beta/remaining) for each reader
// renews a busy key without pause, because a small chance taken often is no
// small chance; and rand() < delta*beta*ln(rand()) never holds, because its
// right side is never positive.
//
// Everything here is a pure function of numbers: the clock, the random source
// and the store of deltas are the caller's. All functions may be called at the
// same time.
package xfetch
