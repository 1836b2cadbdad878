"""The translations are turned, and not their codes.

loses: turned_fits 2, turned_moves 1
says: do not look like samples
"""


# %% answer_turned_pair
def turned_pair(F_X, F_Y, R):
    return (
        lambda x: F_Y.inverse(F_X(x)[0]) @ R.T,
        lambda y: F_X.inverse(F_Y(y @ R)[0]),
    )
