"""S does not turn at all: it is the inverse of the old T.

loses: turned_returns 1
says: turning back
"""


# %% answer_turned_pair
def turned_pair(F_X, F_Y, R):
    return (
        lambda x: F_Y.inverse(F_X(x)[0] @ R.T),
        lambda y: F_X.inverse(F_Y(y)[0]),
    )
