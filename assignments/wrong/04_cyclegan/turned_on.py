"""S' turns in the same sense as T', and not back.

loses: wrong_returns 2
says: turning back by the same angle
"""


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    L = torch.linalg.cholesky(covariance)
    c, s = math.cos(angle), math.sin(angle)
    A = L @ torch.tensor([[c, -s], [s, c]]) @ torch.linalg.inv(L)

    def M(y):
        return mean + (y - mean) @ A.T

    return lambda x: M(T(x)), lambda y: S(M(y))
