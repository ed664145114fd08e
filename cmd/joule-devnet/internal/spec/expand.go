package spec

import "fmt"

// WithValidators returns the description for n validators: the first n, and more made like the last one, each with an
// account of its own that has the coins of the last one's.
func (s Spec) WithValidators(n int) Spec {
	s.Accounts = append([]Account(nil), s.Accounts...)
	s.Validators = append([]Validator(nil), s.Validators...)
	coins := map[string][]string{}
	for _, a := range s.Accounts {
		coins[a.Name] = a.Coins
	}
	last := s.Validators[len(s.Validators)-1]
	for i := len(s.Validators); i < n; i++ {
		v := last
		for k := i + 1; ; k++ { // a name that no account has
			v.Name = fmt.Sprintf("%s-%d", last.Name, k)
			if _, taken := coins[v.Name]; !taken {
				break
			}
		}
		coins[v.Name] = coins[last.Name]
		s.Validators = append(s.Validators, v)
		s.Accounts = append(s.Accounts, Account{Name: v.Name, Coins: coins[last.Name]})
	}
	s.Validators = s.Validators[:n]
	return s
}
