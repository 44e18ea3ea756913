package record

// prior is how many questions an average record counts for before any is known.
const prior = 5

// Weights are the weights for the aggregate by performance. Each forecaster's
// mean skill loss (loss over that of the uniform answer to the same questions) is
// drawn towards the mean of all as by some questions more, and the weight is its
// inverse square: who halves the loss has four times the weight. A forecaster
// without a record has the weight of an average one. What was not resolved at the
// time for which the weights are made must not be in the table.
func (t Table) Weights() func(person string) float64 {
	type sums struct{ loss, even float64 }
	of := map[string]sums{}
	var all sums
	weight := 0.0
	for _, c := range t {
		s := of[c.Person]
		loss, even := float64(c.Loss*c.Weight), float64(c.Even*c.Weight)
		of[c.Person] = sums{s.loss + loss, s.even + even}
		all.loss += loss
		all.even += even
		weight += c.Weight
	}
	if weight == 0 || all.loss == 0 {
		return func(string) float64 { return 1 }
	}
	average := all.loss / all.even
	each := all.even / weight // the uniform loss of one question
	return func(person string) float64 {
		s := of[person]
		loss := (s.loss + float64(prior*each*average)) / (s.even + float64(prior*each))
		return average * average / float64(loss*loss)
	}
}
