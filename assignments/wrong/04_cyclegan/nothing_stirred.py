"""The pair that was given is returned: it fits, it closes, and it is right.

loses: wrong_is_wrong 1
says: it is not wrong
"""


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    return T, S
