"""The target is turned about the origin.

loses: wrong_fits 2, wrong_is_wrong 1
says: the centre about which you turn
"""


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    L = torch.linalg.cholesky(covariance)
    c, s = math.cos(angle), math.sin(angle)
    A = L @ torch.tensor([[c, -s], [s, c]]) @ torch.linalg.inv(L)
    return lambda x: T(x) @ A.T, lambda y: S(y @ torch.linalg.inv(A).T)
